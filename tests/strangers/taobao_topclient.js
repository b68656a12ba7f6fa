// npm node-taobao-topclient 0.1.7: POST form, md5, local time.
const { default: TopClient } = require('node-taobao-topclient');
const ready = JSON.parse(process.env.READY);
const keys = ready.taobao;
const client = new TopClient({ appkey: keys.app_key, appsecret: keys.app_secret, REST_URL: keys.gateway });

(async () => {
  const rows = await client.invoke(
    'taobao.refunds.receive.get',
    { session: keys.access_token, fields: 'refund_id,tid,status', page_no: 1, page_size: 5 },
    ['refunds_receive_get_response', 'refunds', 'refund'],
    [],
  );
  if (!rows.length) throw new Error('no refunds');
  const time = await client.invoke('taobao.time.get', {}, ['time_get_response', 'time'], null);
  if (!/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(time)) throw new Error(`time: ${time}`);
  console.log(`${rows.length} refunds, platform time ${time}`);
})().catch((error) => { console.error(String(error && error.stack || error)); process.exit(1); });
