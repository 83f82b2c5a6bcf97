USE `snap_maria_dates`;
UPDATE t SET id=-id WHERE id=2;
