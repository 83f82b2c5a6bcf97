USE `snap_decimals_double`;
UPDATE t SET id=-id WHERE id=2;
