USE `snap_types_datetimes_noschema`;
UPDATE t SET id=-id WHERE id=2;
