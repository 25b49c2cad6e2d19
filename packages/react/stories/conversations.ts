/** What was said before a story begins. */
export interface Turn {
  readonly user: string;
  readonly assistant: string;
  readonly at?: number;
}

export const MAIN = "agent:main:main";

const backup = `Yes. The job \`backup.sh\` ran at 03:00 and stored **412 files** (1.8 GB).

| Folder | Files | Size | Changed |
| --- | ---: | ---: | ---: |
| documents | 268 | 310 MB | 12 |
| photos | 131 | 1.4 GB | 3 |
| mail | 13 | 96 MB | 13 |

Nothing failed, and the oldest copy that is kept is from three weeks ago.`;

const restore = `Copy it back with one command:

\`\`\`sh
# -a keeps dates and rights, -n would only show what is copied
rsync -a backup:/daily/documents/taxes.ods ~/documents/
\`\`\`

1. The file of **last night** replaces the one that is there.
2. An older copy is under \`/weekly\`, if you need one.

> Close the spreadsheet first, or it overwrites the copy when you save.`;

export const ENGLISH: readonly Turn[] = [
  { user: "Did the backup run last night?", assistant: backup },
  { user: "I broke taxes.ods this morning. How do I get it back?", assistant: restore },
];

const arabicBackup = `نعم. عملت المهمة \`backup.sh\` في الساعة الثالثة وحفظت **412 ملفًا**.

| المجلد | الملفات | الحجم |
| --- | ---: | ---: |
| المستندات | 268 | 310 MB |
| الصور | 131 | 1.4 GB |

- لم يفشل شيء.
- أقدم نسخة محفوظة عمرها ثلاثة أسابيع.`;

const arabicRestore = `أمر واحد يكفي:

\`\`\`sh
rsync -a backup:/daily/documents/taxes.ods ~/documents/
\`\`\`

أغلق الجدول أولًا، وإلا فسيحل محل النسخة عند الحفظ.`;

/** The same two questions in each language of the package. */
export const CONVERSATIONS: Readonly<Record<"en" | "de" | "es" | "zh" | "ar", readonly Turn[]>> = {
  en: ENGLISH,
  de: [
    {
      user: "Lief die Sicherung heute Nacht?",
      assistant:
        "Ja. `backup.sh` lief um drei Uhr und hat **412 Dateien** gesichert. Nichts ist fehlgeschlagen.",
    },
  ],
  es: [
    {
      user: "¿Se hizo la copia de seguridad anoche?",
      assistant: "Sí. `backup.sh` se ejecutó a las tres y guardó **412 archivos**. No falló nada.",
    },
  ],
  zh: [
    {
      user: "昨晚的备份运行了吗？",
      assistant: "运行了。`backup.sh` 在三点保存了 **412 个文件**，没有任何失败。",
    },
  ],
  ar: [
    { user: "هل عمل النسخ الاحتياطي الليلة الماضية؟", assistant: arabicBackup },
    { user: "أفسدت الملف taxes.ods هذا الصباح. كيف أستعيده؟", assistant: arabicRestore },
  ],
};

/** `count` short turns, oldest first, one every ten minutes. */
export function manyTurns(count: number, until: number): readonly Turn[] {
  return Array.from({ length: count }, (_, index) => ({
    user: `Question ${index + 1}: what is ${index + 1} times ${index + 1}?`,
    assistant: `**${(index + 1) ** 2}**. Ask for the next one when you are ready.`,
    at: until - (count - index) * 600_000,
  }));
}

/** About four characters a token, as models count. */
export function longText(tokens: number): string {
  const paragraph =
    "The tide climbs the beach twice a day and twice it leaves, pulled by the moon and, more weakly, by the sun. ";
  const paragraphs = Math.ceil((tokens * 4) / (paragraph.length * 4));
  return Array.from({ length: paragraphs }, (_, index) => `${index + 1}. ${paragraph.repeat(4).trim()}`).join(
    "\n\n",
  );
}
