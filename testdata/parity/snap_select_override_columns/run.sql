USE `snap_select_override_columns`;
UPDATE a SET v=9; UPDATE b SET v=9; UPDATE c SET v=9; UPDATE d SET v=9;
