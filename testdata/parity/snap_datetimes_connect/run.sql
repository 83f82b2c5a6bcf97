USE `snap_datetimes_connect`;
UPDATE t SET id=-id WHERE id=2;
