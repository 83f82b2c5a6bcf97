USE `snap_maria_datetimes`;
UPDATE t SET id=-id WHERE id=2;
