"""The ways that leave the cabinet, one file each. Adding one is adding a file, and a line in sending.WAYS."""
