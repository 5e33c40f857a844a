import preset from '../../jest.preset.js';

export default { ...preset, displayName: 'lint-rules', testMatch: ['<rootDir>/*.spec.js'] };
