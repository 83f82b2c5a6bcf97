USE `snap_maria_key`;
UPDATE t SET v=2; UPDATE n SET a=3;
