USE `snap_datetimes_isostring`;
UPDATE t SET id=-id WHERE id=2;
