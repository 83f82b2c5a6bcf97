USE `snap_types_datetimes`;
UPDATE t SET id=-id WHERE id=2;
