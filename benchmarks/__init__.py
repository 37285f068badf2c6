"""Side by side with other linters, for anyone to run again."""
