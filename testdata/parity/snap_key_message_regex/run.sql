USE `snap_key_message_regex`;
UPDATE t SET id=-id WHERE id=2;
