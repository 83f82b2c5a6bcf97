USE `snap_maria_enums`;
UPDATE t SET id=-id WHERE id=2;
