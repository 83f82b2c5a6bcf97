USE `snap_types_decimals`;
UPDATE t SET id=-id WHERE id=2;
