USE `snap_maria_decimals`;
UPDATE t SET id=-id WHERE id=2;
