// Runs within the frame of a token class of LinOTP's form, which has no origin and no way out but messages to the page
// around it. Gives the class's scripts the `$` that they know, and asks them for what the page wants.

(() => {
  "use strict";

  const flags = new Set(["checked", "selected", "disabled", "readonly", "multiple"]);
  const properties = { readonly: "readOnly" };
  const methods = {};
  const heard = (fn, args) => (typeof window[fn] === "function" ? window[fn](...args) : undefined);
  const tell = (what) => parent.postMessage(what, "*");
  const type = () => document.body.dataset.type;
  let owner = {};

  class Found extends Array {
    each(fn) {
      this.forEach((one, index) => fn.call(one, index, one));
      return this;
    }

    get(index) {
      return index === undefined ? [...this] : this[index];
    }

    first() {
      return found(this.slice(0, 1));
    }

    find(selector) {
      return found(this.flatMap((one) => [...one.querySelectorAll(selector)]));
    }

    parent() {
      return found(this.map((one) => one.parentElement).filter(Boolean));
    }

    val(value) {
      if (value === undefined) return this.length ? this[0].value : undefined;
      return this.each((_index, one) => {
        if (one.type === "checkbox" || one.type === "radio") one.checked = [].concat(value).includes(one.value);
        else one.value = value;
      });
    }

    // As before jQuery 1.6, for which such classes are written: the state, not what stands in the page.
    attr(name, value) {
      if (flags.has(name)) return this.prop(name, value);
      if (value === undefined) return this.length ? (this[0].getAttribute(name) ?? undefined) : undefined;
      return this.each((_index, one) => one.setAttribute(name, value));
    }

    removeAttr(name) {
      return flags.has(name) ? this.prop(name, false) : this.each((_index, one) => one.removeAttribute(name));
    }

    prop(name, value) {
      const known = properties[name] ?? name;
      if (value === undefined) return this.length ? this[0][known] : undefined;
      const said = flags.has(name) ? value !== false && value !== "false" && value !== "" && value !== null : value;
      return this.each((_index, one) => {
        one[known] = said;
      });
    }

    is(selector) {
      if (selector === ":visible") return this.some((one) => one.getClientRects().length > 0);
      return this.some((one) => one.matches(selector.replace(":selected", ":checked")));
    }

    text(value) {
      if (value === undefined) return this.map((one) => one.textContent).join("");
      return this.each((_index, one) => {
        one.textContent = value;
      });
    }

    html(value) {
      if (value === undefined) return this.length ? this[0].innerHTML : undefined;
      return this.each((_index, one) => {
        one.innerHTML = value;
      });
    }

    append(what) {
      return this.each((_index, one) =>
        typeof what === "string" ? one.insertAdjacentHTML("beforeend", what) : one.append(...[].concat(what)),
      );
    }

    empty() {
      return this.each((_index, one) => one.replaceChildren());
    }

    remove() {
      return this.each((_index, one) => one.remove());
    }

    css(name, value) {
      if (typeof name === "object") {
        for (const [key, said] of Object.entries(name)) this.css(key, said);
        return this;
      }
      if (value === undefined) return this.length ? getComputedStyle(this[0]).getPropertyValue(name) : undefined;
      return this.each((_index, one) => one.style.setProperty(name, value));
    }

    show() {
      return this.each((_index, one) => {
        one.hidden = false;
        if (one.style.display === "none") one.style.display = "";
      });
    }

    hide() {
      return this.each((_index, one) => {
        one.hidden = true;
      });
    }

    toggle(on) {
      return this.each((_index, one) => ((on ?? one.hidden) ? found([one]).show() : found([one]).hide()));
    }

    addClass(name) {
      return this.each((_index, one) => one.classList.add(...name.split(/\s+/)));
    }

    removeClass(name) {
      return this.each((_index, one) => one.classList.remove(...name.split(/\s+/)));
    }

    hasClass(name) {
      return this.some((one) => one.classList.contains(name));
    }

    on(names, fn) {
      for (const name of names.split(/\s+/)) {
        this.each((_index, one) =>
          one.addEventListener(name, (event) => {
            if (fn.call(one, event) === false) event.preventDefault();
          }),
        );
      }
      return this;
    }

    trigger(name) {
      return this.each((_index, one) =>
        typeof one[name] === "function" ? one[name]() : one.dispatchEvent(new Event(name, { bubbles: true })),
      );
    }

    ready(fn) {
      ready(fn);
      return this;
    }

    validate(options = {}) {
      return this.each((_index, one) => {
        one.rules = options.rules ?? {};
      });
    }

    // Whether all that is required is there, and what the class has said of its fields holds.
    valid() {
      return this.every((one) => {
        const fields = one.elements ? [...one.elements] : [one];
        return fields.every((field) => field.checkValidity() && fulfils(field, one.rules ?? {}));
      });
    }
  }

  for (const name of ["click", "change", "submit", "keyup", "keydown", "focus", "blur", "select"]) {
    Found.prototype[name] = function (fn) {
      return fn ? this.on(name, fn) : this.trigger(name);
    };
  }
  Found.prototype.bind = Found.prototype.on;
  // What only decorates.
  for (const name of ["button", "tabs", "dialog", "tooltip", "fadeIn", "fadeOut"]) {
    Found.prototype[name] = function () {
      return this;
    };
  }

  function found(list) {
    return Found.from(list);
  }

  function ready(fn) {
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => fn($));
    else fn($);
  }

  function fulfils(field, rules) {
    const own = { ...(rules[field.name] ?? rules[field.id] ?? {}) };
    if (field.classList.contains("required")) own.required = true;
    const length = field.value.length;
    return Object.entries(own).every(([name, wanted]) => {
      if (wanted === false) return true;
      if (name === "required") return field.type === "checkbox" ? field.checked : field.value.trim() !== "";
      if (name === "minlength") return !length || length >= wanted;
      if (name === "maxlength") return length <= wanted;
      if (name === "number" || name === "digits") return !length || /^\d+$/.test(field.value);
      if (name === "equalTo") return field.value === $(wanted).val();
      return methods[name] ? methods[name].call({ optional: () => !length }, field.value, field, wanted) : true;
    });
  }

  function $(what) {
    if (typeof what === "function") {
      ready(what);
      return found([document]);
    }
    if (typeof what !== "string") return what instanceof Found ? what : found([what]);
    return found(document.querySelectorAll(what.replace(":selected", ":checked")));
  }

  $.fn = Found.prototype;
  $.extend = (first, ...more) => Object.assign(first, ...more);
  $.trim = (text) => String(text ?? "").trim();
  $.isArray = Array.isArray;
  $.each = (what, fn) => {
    for (const [key, one] of Object.entries(what)) fn.call(one, Array.isArray(what) ? Number(key) : key, one);
    return what;
  };
  $.validator = {
    addMethod: (name, fn) => {
      methods[name] = fn;
    },
    setDefaults: () => {},
  };
  window.$ = $;
  window.jQuery = $;

  const serial = (prefix) => {
    const bytes = crypto.getRandomValues(new Uint8Array(4));
    return prefix + [...bytes].map((byte) => byte.toString(16).padStart(2, "0").toUpperCase()).join("");
  };
  window.create_serial = serial;
  window.generate_serial = serial;
  window.add_user_data = () => ({ ...owner });
  window.enroll_token = (params) => tell({ enrol: { ...params } });
  window.alert = (text) => tell({ told: String(text) });

  const asks = {
    // Config keys and the elements that show them.
    settings: () => ({ wanted: { ...heard(`${type()}_get_config_val`, []) } }),
    values: (message) => {
      for (const [id, value] of Object.entries(message.values)) {
        const element = document.getElementById(id);
        if (element?.type === "checkbox") element.checked = ["true", "1", "on", "yes"].includes(value.toLowerCase());
        else if (element) element.value = value;
      }
      return {};
    },
    save: () => ({ save: { ...heard(`${type()}_get_config_params`, []) } }),
    defaults: (message) => {
      heard(`${type()}_enroll_setup_defaults`, [message.config, message.options]);
      return {};
    },
    enrol: (message) => {
      owner = message.owner;
      return { enrol: { ...heard(`${type()}_get_enroll_params`, []) } };
    },
    submit: () => ({ submitted: heard(`self_${type()}_submit`, []) === true }),
    done: (message) => {
      heard(`self_${type()}_enroll_details`, [message.detail]);
      heard(`self_${type()}_clear`, []);
      heard(`${type()}_clear_input_fields`, []);
      return {};
    },
  };

  addEventListener("message", (event) => {
    if (event.source !== parent || !asks[event.data.ask]) return;
    try {
      tell(asks[event.data.ask](event.data));
    } catch (error) {
      tell({ failed: String(error) });
    }
  });
  document.addEventListener("submit", (event) => event.preventDefault());
  ready(() => {
    const grown = () => tell({ height: document.documentElement.offsetHeight });
    new ResizeObserver(grown).observe(document.documentElement);
    grown();
    setTimeout(() => tell({ ready: true }));
  });
})();
