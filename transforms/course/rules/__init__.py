"""The rules: one module each, by the name of its row in knowledge/rule.csv (course/rule.py)."""
