USE `snap_dates_connect`;
UPDATE t SET id=-id WHERE id=2;
