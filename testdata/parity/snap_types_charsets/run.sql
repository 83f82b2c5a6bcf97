USE `snap_types_charsets`;
UPDATE t SET id=-id WHERE id=2;
