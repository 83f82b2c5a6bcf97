USE `snap_types_decimals_noschema`;
UPDATE t SET id=-id WHERE id=2;
