USE `snap_dates_isostring`;
UPDATE t SET id=-id WHERE id=2;
