-- CreateTable
CREATE TABLE "ControlDevice" (
    "gatewayUrl" TEXT NOT NULL,
    "sealedKey" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ControlDevice_pkey" PRIMARY KEY ("gatewayUrl")
);
