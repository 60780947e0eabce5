"""What a person decides against the machine."""
