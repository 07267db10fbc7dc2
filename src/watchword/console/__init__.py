"""Where administrators and help desk look after the house."""
