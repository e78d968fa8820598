"""What a security reviewer asks of a policy and of the record: findings, differences, reasons and tables."""
