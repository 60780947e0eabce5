"""The rules' cases as files that anybody's system can read, and anybody's answers judged by them."""
