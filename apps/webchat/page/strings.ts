/** The sentences of this page that the chat itself does not have. */
export interface PageStrings {
  readonly title: string;
  readonly opening: string;
  readonly unreachable: string;
  readonly unreachableHelp: string;
  readonly needsLink: string;
  readonly needsLinkHelp: string;
  readonly tryAgain: string;
}

const en: PageStrings = {
  title: "Web chat",
  opening: "Opening the chat…",
  unreachable: "Web chat server unreachable",
  unreachableHelp:
    "Check that automna-webchat is running, and, if you came through SSH, that the tunnel is up. This page keeps trying.",
  needsLink: "This page needs a link",
  needsLinkHelp:
    "Each link opens the chat once. Run this on the computer of the web chat, and open what it prints:",
  tryAgain: "Try again",
};

const de: PageStrings = {
  title: "Webchat",
  opening: "Der Chat wird geöffnet …",
  unreachable: "Der Webchat-Server ist nicht erreichbar",
  unreachableHelp:
    "Prüfe, ob automna-webchat läuft und, falls du über SSH kommst, ob der Tunnel steht. Diese Seite versucht es weiter.",
  needsLink: "Diese Seite braucht einen Link",
  needsLinkHelp:
    "Jeder Link öffnet den Chat einmal. Führe dies auf dem Rechner des Webchats aus und öffne, was es ausgibt:",
  tryAgain: "Erneut versuchen",
};

const es: PageStrings = {
  title: "Chat web",
  opening: "Abriendo el chat…",
  unreachable: "No se puede acceder al servidor del chat web",
  unreachableHelp:
    "Comprueba que automna-webchat esté en marcha y, si vienes por SSH, que el túnel esté activo. Esta página sigue intentándolo.",
  needsLink: "Esta página necesita un enlace",
  needsLinkHelp:
    "Cada enlace abre el chat una vez. Ejecuta esto en el equipo del chat web y abre lo que imprima:",
  tryAgain: "Reintentar",
};

const zh: PageStrings = {
  title: "网页聊天",
  opening: "正在打开聊天……",
  unreachable: "无法连接网页聊天服务器",
  unreachableHelp: "请确认 automna-webchat 正在运行；如果通过 SSH 访问，请确认隧道已建立。本页面会继续尝试。",
  needsLink: "此页面需要链接",
  needsLinkHelp: "每个链接只能打开一次聊天。请在运行网页聊天的电脑上执行以下命令，并打开它输出的链接：",
  tryAgain: "重试",
};

const ar: PageStrings = {
  title: "دردشة الويب",
  opening: "جارٍ فتح الدردشة…",
  unreachable: "يتعذّر الوصول إلى خادم دردشة الويب",
  unreachableHelp:
    "تأكّد من أن automna-webchat يعمل، ومن أن النفق متصل إذا كنت تستخدم SSH. ستواصل هذه الصفحة المحاولة.",
  needsLink: "تحتاج هذه الصفحة إلى رابط",
  needsLinkHelp: "يفتح كل رابط الدردشة مرة واحدة. شغّل هذا الأمر على حاسوب دردشة الويب وافتح ما يطبعه:",
  tryAgain: "إعادة المحاولة",
};

const ALL: Readonly<Record<string, PageStrings>> = { en, de, es, zh, ar };

/** The page's own sentences in the language of the chat. */
export function pageStrings(locale: string): PageStrings {
  return ALL[locale.split("-")[0] ?? ""] ?? en;
}
