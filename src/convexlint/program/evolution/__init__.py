"""What a change means for the documents that exist and for the clients that are out there."""
