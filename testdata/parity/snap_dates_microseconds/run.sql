USE `snap_dates_microseconds`;
UPDATE t SET id=-id WHERE id=2;
