// The socket: it comes back by itself when the server does, and every question gets its answer.
const PATIENCE = [300, 600, 1200, 2500, 5000];

export function link(hear, tellState) {
  const token = decodeURIComponent(location.hash.slice(1));
  const waiting = new Map();
  let socket = null, number = 0, tries = 0;

  function open() {
    socket = new WebSocket(`ws://${location.host}/socket?token=${encodeURIComponent(token)}`);
    socket.onopen = () => tellState("waiting", "Connected; waiting for the liquid");
    socket.onmessage = (event) => {
      const message = JSON.parse(event.data);
      if (message.say === "hello") {
        tries = 0;
        tellState("open", "Connected");
      }
      if (message.say === "answer" && waiting.has(message.number)) {
        waiting.get(message.number)(message);
        waiting.delete(message.number);
      }
      hear(message);
    };
    socket.onclose = (event) => {
      for (const done of waiting.values()) done({ done: false, text: "The connection was lost before the answer came", lost: true });
      waiting.clear();
      if (event.code === 4403) return tellState("shut", "Not let in: open the address that neurolsm printed");
      const why = event.code === 4429 ? "Ten pages are open already; close one" : "No connection; trying again";
      tellState("lost", why);
      setTimeout(open, PATIENCE[Math.min(tries++, PATIENCE.length - 1)]);
    };
  }

  function ask(what, fields = {}) {
    if (!socket || socket.readyState !== WebSocket.OPEN) return Promise.resolve({ done: false, text: "No connection", lost: true });
    number += 1;
    const mine = number;
    socket.send(JSON.stringify({ do: what, number: mine, ...fields }));
    return new Promise((done) => waiting.set(mine, done));
  }
  function tell(what, fields = {}) {
    if (socket && socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ do: what, ...fields }));
  }
  open();
  return { ask, tell, token };
}
