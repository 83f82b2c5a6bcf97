USE `snap_times_isostring`;
UPDATE t SET id=-id WHERE id=2;
