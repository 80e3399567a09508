"""The dialog: who owns a conversation, and what a message means where it stands. Pure; nothing here does I/O."""
