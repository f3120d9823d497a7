"""What can be said of a system before any picture is seen."""
