// Says on the page why a security key did not work; the library tells it by an event.
(() => {
  const HOSTS = "Security keys need the portal's name in its address, with https, or http://localhost on the machine itself.";
  const REASONS = {
    NotAllowedError: "The key did not answer. The dialog was closed, the time was over, or the key is not one of this account. Try again, or take another key.",
    InvalidStateError: "This key is one of the account already. Take another one.",
    SecurityError: HOSTS,
    NotSupportedError: "This browser and the key do not understand each other. Take another key or another browser.",
    TypeError: HOSTS,
  };

  document.addEventListener("allauth.error", (event) => {
    if (!event.detail.tags.includes("webauthn")) return;
    event.preventDefault();
    const place = document.querySelector("[data-key-error]");
    place.textContent = REASONS[event.detail.exception?.name] || "The key did not work. Try again, or take another key.";
    place.hidden = false;
  });
})();
