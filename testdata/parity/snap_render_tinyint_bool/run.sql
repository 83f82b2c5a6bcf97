USE `snap_render_tinyint_bool`;
UPDATE t SET id=-id WHERE id=2;
