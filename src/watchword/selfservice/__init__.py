"""What people may do with their own tokens: enrol, try, change and give them back."""
