return {
  x = = 1,
}
