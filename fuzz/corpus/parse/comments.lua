--[==[ long
 ]] ]==] x = 1 -- short
--[[x]]
