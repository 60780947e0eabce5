"""The rules' cases as files that any system can read, and anybody's answers judged by them."""
