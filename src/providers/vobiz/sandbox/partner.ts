export const PARTNER = {
  id: '3f6c1d52-0d0c-4f1a-9a51-6f7c0e2b9d14',
  authId: 'PA_SANDBOX1',
  token: 'sandbox-partner-token-not-a-secret',
  name: 'Lotus Reach Communications',
  email: 'partner@lotus-reach.example',
  balance: '184250.37500',
  balanceId: 'e2b7a0c4-58d3-4b6f-8f0e-91d2c3a4b5f6',
}

export const CURRENCY = 'INR'
