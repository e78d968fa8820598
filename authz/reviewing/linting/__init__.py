"""What is wrong with a policy, or looks as if it were: files of rules, and what is stored of a practice."""
