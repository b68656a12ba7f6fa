// npm ali-topsdk 2.0.5: the message channel over a WebSocket, md5 over its three headers, each message confirmed.
const WebSocket = require('ws');
const emit = WebSocket.prototype.emit;
// It was written for a ws that told with each message whether it is binary; the one it installs no longer does.
WebSocket.prototype.emit = function told(name, data, ...rest) {
  const more = name === 'message' ? [{ binary: Buffer.isBuffer(data) }] : rest;
  return emit.call(this, name, data, ...more);
};
const { TmcClient } = require('ali-topsdk');
const ready = JSON.parse(process.env.READY);
const keys = ready.taobao;
const address = `ws://${new URL(keys.gateway).host}/`;

const listen = (secret, milliseconds) => new Promise((resolve) => {
  const client = new TmcClient(keys.app_key, secret, 'default');
  const ids = [];
  client.reconnect = () => {};
  client.connect(address, (message, confirm) => {
    if (message.topic.startsWith('taobao_') && JSON.parse(message.content).tid) ids.push(message.id);
    confirm();
  });
  setTimeout(() => { clearInterval(client._interval); if (client._ws) client._ws.terminate(); resolve(ids); }, milliseconds);
});

(async () => {
  const log = console.log;
  console.log = () => {};
  const first = await listen(keys.app_secret, 2500);
  const second = await listen(keys.app_secret, 1500);
  process.once('uncaughtException', (refused) => {
    if (!/signature/.test(String(refused))) throw refused;
    log(`${first.length} messages, each once; after confirming none; a wrong sign: ${refused.message}`);
    process.exit(0);
  });
  if (!first.length || new Set(first).size !== first.length) throw new Error(`came: ${first.length}`);
  if (second.length) throw new Error(`${second.length} came again although they were confirmed`);
  await listen('0'.repeat(32), 1500);
  throw new Error('a wrong sign was accepted');
})().catch((error) => { console.error(String(error && error.stack || error)); process.exit(1); });
