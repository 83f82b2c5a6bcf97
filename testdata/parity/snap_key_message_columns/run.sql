USE `snap_key_message_columns`;
UPDATE t SET id=-id WHERE id=2;
