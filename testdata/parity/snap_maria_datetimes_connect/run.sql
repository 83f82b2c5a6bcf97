USE `snap_maria_datetimes_connect`;
UPDATE t SET id=-id WHERE id=2;
