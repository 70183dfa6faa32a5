return {} < 1
