USE `snap_decimals_string`;
UPDATE t SET id=-id WHERE id=2;
