"""Guest: prose becomes IR, IR becomes verified code."""
