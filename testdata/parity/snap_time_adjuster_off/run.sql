USE `snap_time_adjuster_off`;
UPDATE t SET id=-id WHERE id=2;
