USE `snap_views_triggers`;
UPDATE a SET v=9;
