"""What publishers change in entries: no noise, how much, and how it is stored. Pure."""
