local account = { owner = {} }
account.owner.rename("x")
