USE `snap_render_headers_off`;
UPDATE a1 SET id=4; UPDATE b1 SET id=4;
